"""``icac devices``: which devices can run the network here, by name."""

from __future__ import annotations

import argparse
import json


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("devices", help="list the devices that can run the network",
                                   description="List the devices that can run the network, and why others cannot.")
    parser.add_argument("--json", action="store_true", help="one line of JSON: request to name of the device")


def run(options: argparse.Namespace) -> int:
    """Find and print the devices."""
    from icac.errors import DeviceError
    from icac.inference.device import choose_device
    from icac.settings import DEVICES

    found, refused = {}, {}
    for request in DEVICES:
        try:
            found[request] = choose_device(request).description
        except DeviceError as error:
            refused[request] = str(error)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for request, text in {**found, **refused}.items():
        print(f"{request:<5} {text}")
    return 0
