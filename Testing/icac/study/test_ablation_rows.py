from __future__ import annotations

from icac.network import FcnConfig
from icac.study.ablation_rows import TABLES, rows_of


def test_seven_different_networks():
    networks = [FcnConfig.from_dict({"width": 4, **row.network}) for row in rows_of(TABLES)]
    assert len(set(networks)) == len(networks) == 7


def test_rows_with_one_key_are_one_network():
    by_key = {row.key: row for row in rows_of(TABLES)}
    for table in TABLES:
        for row in table.rows:
            assert row.network == by_key[row.key].network
            assert row.published.mean_dice == by_key[row.key].published.mean_dice


def test_table_1_adds_one_thing_a_row():
    plain, deep, dense, best = (row.network for row in TABLES[0].rows)
    assert not plain["deep_supervision"] and plain["supervision"] == "all" and not plain["residual"]
    assert {key for key in plain if plain[key] != deep[key]} == {"deep_supervision"}
    assert {key for key in deep if deep[key] != dense[key]} == {"supervision"}
    assert {key for key in dense if dense[key] != best[key]} == {"residual", "dropout"}


def test_what_rows_are_tested_against():
    first, second = TABLES
    assert [r.key if r else None for r in map(first.reference_of, range(4))] == [None, "plain", "deep", "dense"]
    assert {r.key for r in map(second.reference_of, range(1, 5))} == {"dense"}
