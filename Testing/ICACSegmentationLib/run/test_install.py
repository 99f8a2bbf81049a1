"""Installing torch: one question, torch by its extension, and nothing without consent.

The packages are stand-ins: nothing may be downloaded in a test.
"""

from __future__ import annotations

import pytest


class Packages:
    def __init__(self, missing, extension=True, works=True):
        self._missing, self._extension, self._works = list(missing), extension, works
        self.done = []

    def missing(self):
        return self._missing

    def has_torch_installer(self):
        return self._extension

    def install(self, requirement):
        self.done.append(requirement)
        return self._works

    def install_torch_installer(self):
        self.done.append("PyTorch extension")


@pytest.fixture
def ensure(slicer):
    """Return a function that runs the installation and returns (can run, questions, what was installed)."""
    from ICACSegmentationLib.run.install import ensure_packages

    def run(packages, answer=True):
        questions = []

        def ask(text):
            questions.append(text)
            return answer

        return ensure_packages(ask, packages), questions, packages.done
    return run


BOTH = ("torch>=2.2", "safetensors>=0.4")


def test_nothing_is_asked_when_all_is_there(ensure):
    assert ensure(Packages([])) == (True, [], [])


def test_one_question_names_all_that_is_missing(ensure):
    can_run, questions, done = ensure(Packages(BOTH))
    assert can_run
    assert len(questions) == 1
    assert all(requirement in questions[0] for requirement in BOTH)
    assert done == list(BOTH)


@pytest.mark.parametrize("extension", [True, False])
def test_nothing_is_installed_without_consent(ensure, extension):
    can_run, questions, done = ensure(Packages(BOTH, extension), answer=False)
    assert not can_run
    assert len(questions) == 1
    assert done == []


def test_torch_needs_its_extension_first(ensure):
    can_run, questions, done = ensure(Packages(BOTH, extension=False))
    assert not can_run, "Slicer restarts before torch can be installed"
    assert len(questions) == 1
    assert done == ["PyTorch extension"]


def test_without_torch_missing_the_extension_is_not_asked_for(ensure):
    can_run, _, done = ensure(Packages(BOTH[1:], extension=False))
    assert can_run
    assert done == [BOTH[1]]


def test_a_failed_installation_stops(ensure):
    can_run, _, done = ensure(Packages(BOTH, works=False))
    assert not can_run
    assert done == [BOTH[0]]


def test_packages_are_looked_up_without_importing_them(slicer):
    import sys

    from ICACSegmentationLib.run.install import SlicerPackages

    before = set(sys.modules)
    assert set(SlicerPackages().missing()) <= set(BOTH)
    assert not {"torch", "safetensors"} & (set(sys.modules) - before)


def test_torch_comes_from_the_pytorch_extension(slicer, monkeypatch):
    import sys
    import types

    from ICACSegmentationLib.run.install import TORCH, SlicerPackages

    asked = []

    class PyTorchUtilsLogic:
        def installTorch(self, askConfirmation=False, forceComputationBackend=None,  # noqa: N802, N803
                         torchVersionRequirement=None):  # noqa: N803
            asked.append((askConfirmation, torchVersionRequirement))

    module = types.SimpleNamespace(PyTorchUtilsLogic=PyTorchUtilsLogic)
    monkeypatch.setitem(sys.modules, "PyTorchUtils", module)
    assert not SlicerPackages().install(TORCH), "the extension answers None if torch was not installed"
    assert asked == [(False, ">=2.2")]


@pytest.mark.parametrize(("there", "answer", "works", "can"), [
    (True, False, False, True), (False, True, True, True), (False, True, False, False), (False, False, True, False)])
def test_what_writes_dicom_is_installed_only_with_consent(slicer, there, answer, works, can):
    from ICACSegmentationLib.run.install import HIGHDICOM, ensure_highdicom

    packages, questions = Packages([], works=works), []
    packages.has = lambda requirement: there
    assert ensure_highdicom(lambda text: bool(questions.append(text)) or answer, packages) is can
    assert len(questions) == (not there) and all(HIGHDICOM in text for text in questions)
    assert packages.done == ([HIGHDICOM] if not there and answer else [])
