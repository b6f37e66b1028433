# SPDX-License-Identifier: MIT
# How pytest-xdist deals the tests out: to whoever has nothing to do, but those
# that share something that took long to make go to one worker.

import os

import pytest

# What the machine's own configuration asks of TLS is no matter of the tests.
os.environ["OPENSSL_CONF"] = os.devnull


MARKERS = [
    "xdist_group(name): for one worker",
    "core: run on every processor, see tests/toolchains",
    "native(reason): skipped where an emulator runs patrm (RUNNER)",
]


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        native = item.get_closest_marker("native")
        if native and os.environ.get("RUNNER"):
            item.add_marker(pytest.mark.skip(
                f"not under an emulator: {native.args[0]}"))
        if shares(item) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def shares(item):
    """Whether it takes part in a fixture of its module."""
    fixtures = item._fixtureinfo.name2fixturedefs
    return any(found[-1].scope == "module" for found in fixtures.values())
