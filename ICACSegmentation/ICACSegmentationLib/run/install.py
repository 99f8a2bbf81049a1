"""Getting torch and safetensors into Slicer: when they are needed, after one question, torch by its extension."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Protocol

import slicer
from slicer.i18n import tr as _

#: What the network needs beyond the packages that come with Slicer, as pip requirements.
TORCH, SAFETENSORS = "torch>=2.2", "safetensors>=0.4"

#: What writes DICOM.
HIGHDICOM = "highdicom>=0.28"


class Packages(Protocol):
    """What can be installed, and how; the application's are :class:`SlicerPackages`."""

    def missing(self) -> list[str]:
        """Return the requirements that are not installed, without importing anything."""

    def has(self, requirement: str) -> bool:
        """Tell whether a requirement is installed, without importing anything."""

    def has_torch_installer(self) -> bool:
        """Tell whether the PyTorch extension is there."""

    def install(self, requirement: str) -> bool:
        """Install one requirement; return whether that worked."""

    def install_torch_installer(self) -> None:
        """Install the PyTorch extension; Slicer restarts."""


class SlicerPackages:
    """Packages of Slicer's own Python."""

    def missing(self) -> list[str]:
        """Return the requirements that are not installed, without importing anything."""
        return [requirement for requirement in (TORCH, SAFETENSORS) if not self.has(requirement)]

    def has(self, requirement: str) -> bool:
        """Tell whether a requirement is installed, without importing anything."""
        return importlib.util.find_spec(requirement.partition(">")[0]) is not None

    def has_torch_installer(self) -> bool:
        """Tell whether the PyTorch extension is there."""
        return importlib.util.find_spec("PyTorchUtils") is not None

    def install(self, requirement: str) -> bool:
        """Install one requirement: torch by the PyTorch extension, which finds the build for this computer."""
        if requirement == TORCH:
            import PyTorchUtils

            logic = PyTorchUtils.PyTorchUtilsLogic()
            return logic.installTorch(torchVersionRequirement=TORCH.removeprefix("torch")) is not None
        slicer.util.pip_install(requirement)
        importlib.invalidate_caches()
        return self.has(requirement)

    def install_torch_installer(self) -> None:
        """Install the PyTorch extension; Slicer restarts."""
        slicer.app.extensionsManagerModel().installExtensionFromServer("PyTorch")


def ensure_packages(ask: Callable[[str], bool], packages: Packages | None = None) -> bool:
    """Make sure that the network can run; return whether it can.

    Parameters
    ----------
    ask : callable
        Shows a question and returns whether the user agrees. It is called at most once, and never if all is there.
    packages : Packages, optional
        By default those of Slicer's Python.

    """
    packages = packages or SlicerPackages()
    missing = packages.missing()
    if not missing:
        return True
    if TORCH in missing and not packages.has_torch_installer():
        if ask(_("To install PyTorch, Slicer needs its PyTorch extension. "
                 "Install the extension now? Once Slicer has restarted, press the button again.")):
            packages.install_torch_installer()
        return False
    question = _("The neural network needs packages that do not come with Slicer: {packages}. "
                 "Download and install them now? PyTorch is large (0.2 to 3 GB) and takes some minutes, once.")
    if not ask(question.format(packages=", ".join(missing))):
        return False
    return all(packages.install(requirement) for requirement in missing)


def ensure_highdicom(ask: Callable[[str], bool], packages: Packages | None = None) -> bool:
    """Make sure that DICOM can be written; return whether it can. Parameters as of :func:`ensure_packages`."""
    packages = packages or SlicerPackages()
    if packages.has(HIGHDICOM):
        return True
    question = _("Writing DICOM needs a package that does not come with Slicer: {package}. "
                 "Download and install it now? It is small.")
    return ask(question.format(package=HIGHDICOM)) and packages.install(HIGHDICOM)
