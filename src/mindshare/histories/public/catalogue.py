"""Which public sets there are: their files, public sources, licences and sha256. Plain data; nothing is read here."""

from __future__ import annotations

from dataclasses import dataclass

from mindshare.core.errors import MindshareError


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file a converter reads. `made_from` says how it differs from the public file; empty = it is that very file."""

    name: str
    sha256: str
    path: str  # inside the public repository
    commit: str
    made_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """One history that `convert` can make, and where its source comes from."""

    name: str
    title: str
    folder: str  # the folder's name under MINDSHARE_DATA
    repository: str  # owner/name on GitHub
    files: tuple[SourceFile, ...]
    licence: str
    citation: str
    conversion: str  # what the tested conversion does, one sentence

    @property
    def downloadable(self) -> bool:
        """True where every file is the very public file, so that `get` may fetch it."""
        return not any(f.made_from for f in self.files)


_VISION_HUMAN = "79ed7cd1d9ac3a114e71b6638f0a98bdd627316c"
_VISION_MODEL = "4f948e96e130415c08d1e8546db22fc85513f709 and 93ee6766db71bc99de23a16cf5216acff181b470"
_VISION_MADE = "12 experiments joined on (exp, condition, image), the ImageNet ids replaced by opaque ones"
_VISION_FILES = (
    SourceFile(
        name="human_trials.csv.gz",
        sha256="8827580ecf74d6fb6b1061145bec4d52c20248a9d3d48eb4346dd684f15c1c61",
        path="raw-data",
        commit=_VISION_HUMAN,
        made_from=_VISION_MADE,
    ),
    SourceFile(
        name="model_answers.csv.gz",
        sha256="0fe74dba0bb064e9c224d5c1a938de65ae239e44e4283b09cfac106328f52259",
        path="raw-data",
        commit=_VISION_MODEL,
        made_from=_VISION_MADE + ", one column per model",
    ),
)
_VISION_LICENCE = "code MIT; the human data's repositories CC-BY-4.0; images (not included) under ImageNet terms"
_VISION_CITATION = "Geirhos et al., Partial success in closing the gap between human and machine vision, NeurIPS 2021"
_VISION_CONVERSION = (
    "one case per (experiment, condition, image), the image is the parent; 'na' is an empty answer of 1.5 s"
)


def _vision(name: str, title: str) -> PublicSet:
    return PublicSet(
        name=name,
        title=title,
        folder="vision16-humans-rt",
        repository="bethgelab/model-vs-human",
        files=_VISION_FILES,
        licence=_VISION_LICENCE,
        citation=_VISION_CITATION,
        conversion=_VISION_CONVERSION,
    )


def _cifar10h() -> PublicSet:
    shas = {
        "human_model_truth_cifar10h": "2bb034ba5eaf8a308ca66d5b7bf548c17d5b9dbadb7d1396732995cb1480ab18",
        "densenet-bc-L190-k40": "966fc34f6ce7f3804faf7d5c85b2fff332b35ea244e7884ce6f8c368b29b7971",
        "preresnet-110": "def4a56123472bc031187b8ffdfc794686d8166cc0ebc570c84b7a45999a6e4e",
        "resnet-110": "0278367659883a6c11d76ab718623017158e6cb9680fbcf2c8ada167d8ba685e",
    }
    return PublicSet(
        name="cifar10h",
        title="10,000 CIFAR-10 test images, four networks and four persons drawn from about 51 answers an image",
        folder="cifar10h-counts-cnn",
        repository="GavinKerrigan/conf_matrix_and_calibration",
        files=tuple(
            SourceFile(
                name=f"{stem}.csv.gz",
                sha256=sha,
                path=f"{stem}.csv",
                commit="3b9cf13df58861a87549fe5d36017c1387aceb08",
                made_from="gzipped",
            )
            for stem, sha in shas.items()
        ),
        licence="CIFAR-10H is CC BY-NC-SA 4.0: not for commercial use",
        citation="Peterson et al., ICCV 2019; Kerrigan et al., NeurIPS 2021",
        conversion="one case per image; four answers are drawn without replacement from its counts (seed 0)",
    )


def _very_file(name: str, sha256: str, commit: str, path: str = "") -> SourceFile:
    return SourceFile(name=name, sha256=sha256, path=path or name, commit=commit)


SETS: dict[str, PublicSet] = {
    s.name: s
    for s in (
        _vision("vision16", "16-way object recognition in degraded images: nine networks, 49 people with seconds"),
        _vision("vision3", "vision16 with its three weakest networks only: bagnet33, resnet50, simclr_resnet50x1"),
        _cifar10h(),
    )
}


def find(name: str) -> PublicSet:
    """The set of this name; an unknown name gets a sentence with all names."""
    if name not in SETS:
        raise MindshareError(f"There is no public set '{name}'. There are: {', '.join(SETS)}.")
    return SETS[name]
