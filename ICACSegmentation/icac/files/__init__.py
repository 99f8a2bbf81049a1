"""Files that are whole or not there: one way to write, read, lock and keep them."""

from icac.files.apart import refuse_overwriting
from icac.files.arrays import open_arrays
from icac.files.csv_table import read_csv, write_csv, write_tsv
from icac.files.file_set import write_file_set
from icac.files.folders import walk
from icac.files.hidden import is_hidden
from icac.files.json_file import load_json, parse_json, read_json, write_json
from icac.files.revisions import Loaded, RevisedFile
from icac.files.whole import cannot_write, copy_file, flush_folder, sweep, whole_file, whole_folder

__all__ = ["Loaded", "RevisedFile", "cannot_write", "copy_file", "flush_folder", "is_hidden", "load_json",
           "open_arrays", "parse_json", "read_csv", "read_json", "refuse_overwriting", "sweep", "walk", "whole_file",
           "whole_folder", "write_csv", "write_file_set", "write_json", "write_tsv"]
