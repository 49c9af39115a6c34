"""Which public sets there are: their files, public sources, licences and sha256. Plain data; nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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


_VISION = (
    ("human_trials.csv.gz", "8827580ecf74d6fb6b1061145bec4d52c20248a9d3d48eb4346dd684f15c1c61"),
    ("model_answers.csv.gz", "0fe74dba0bb064e9c224d5c1a938de65ae239e44e4283b09cfac106328f52259"),
)
_CIFAR10H = {
    "human_model_truth_cifar10h": "2bb034ba5eaf8a308ca66d5b7bf548c17d5b9dbadb7d1396732995cb1480ab18",
    "densenet-bc-L190-k40": "966fc34f6ce7f3804faf7d5c85b2fff332b35ea244e7884ce6f8c368b29b7971",
    "preresnet-110": "def4a56123472bc031187b8ffdfc794686d8166cc0ebc570c84b7a45999a6e4e",
    "resnet-110": "0278367659883a6c11d76ab718623017158e6cb9680fbcf2c8ada167d8ba685e",
}
_ECG = {
    "gold_standard.csv": "4a0ed70593339c915c18187f3d4298a540db60db2563f1e17f2226f6302ba7bd",
    "attributes.csv": "b73740ae175d320beb5c85d3e300798a0e51a493f5887c9755cfa63b9480485a",
    "cardiology_residents.csv": "66d4e6f9e21dad0b5f3b8472f5997799e8bd79eb2675926a026e3cb6ab8d2635",
    "emergency_residents.csv": "daf7ab02eb04998ab9dbc823b715a04765a1761507df88ceb8fddad1ed56182d",
    "medical_students.csv": "352cdec373fc2b2792665f9795603fed2b87e434e4f698ac0ef0e2846bc23595",
    "dnn.csv": "5ab557afa703c31b6fc33db8a613ea5650e7eaf414d1c62f864e77447aa2a34d",
    "prob_model.csv": "163ced63d7d791861d5ba82d6417d64a198c44917ac8cc700bf4b40896c3e67a",
    "prob_model_1.csv": "6321eedf65ad464402a8cd09cfb79cd172999540e49569b27bdbacb33aae1f8e",
    "prob_model_2.csv": "f45b7e9552ba0b54bc5398519015acb21f3647da1c2295b4caef18c9161dbea3",
    "prob_model_3.csv": "4fefe8dd4ced2aed78fd2be363889a78abe21e2c04b477021d85273d12ff440e",
    "prob_model_4.csv": "570f228f7b162baac8243a20fc76557b9982762c2bca563c0d5f9b1555a07418",
    "prob_model_5.csv": "210ea6f9c517290450e36c585ae91342a98cca3126d06267bc60503962f74e90",
    "prob_model_7.csv": "53a8d9e846d4ce95258997f260d76b8fc96b188d43af432d43b1fd972acac5d1",
    "prob_model_8.csv": "4c43a6728d1728f42eb822fd5cb61f7845235150e9dd9961e97281c82c3c7e69",
    "prob_model_9.csv": "964ff5f65ce75a5dc244134f7b3aa44c6cd4a2bac7455f59a6c3d2ddd6f59d6b",
    "prob_model_10.csv": "b2a37963830e4a1f991cc6a1d4d9afe1293ee68ba91e5db73f33a96893861686",
}
_CROWD = {
    "CF.csv": "18bc4dc1780ce1f2b2f9ffedc493f4b8f9a4590a3fde8dce2e5d3367bcc8686e",
    "CF_amt.csv": "c44d4bf3cbf08f343072d86a10e9085ab91885a2b4bbb1d0d03eb2cd461f6c5b",
    "MS.csv": "fb9e0b146723c93dac71d1ed601a736cf94fed3b444f4921d6c4e57b4505c06a",
    "SP.csv": "a83cf48092dc61bbb8986fdb0c1a17f658ba8555bddffc9e9ca26b95d514236f",
    "SP_amt.csv": "fec6f3027202d33016b8b06083c83118d6d237e671b8bd4c22d0aa979e41ba0a",
    "ZenCrowd_in.csv": "c5eabf0b145ce04122a77e28e3d765045ba65c3b16edee2dc0c5106418e92f5a",
    "ZenCrowd_us.csv": "e64c95ba430ea42b69a7ffec64b12ed2d844b9403fd053f7a28df2494cfa1b10",
}


def _vision(name: str, title: str) -> PublicSet:
    humans = "79ed7cd1d9ac3a114e71b6638f0a98bdd627316c"
    models = "4f948e96e130415c08d1e8546db22fc85513f709 and 93ee6766db71bc99de23a16cf5216acff181b470"
    made = "12 experiments joined on (exp, condition, image), ImageNet ids replaced by opaque ones"
    commits = {"human_trials.csv.gz": humans, "model_answers.csv.gz": models}
    return PublicSet(
        name=name,
        title=title,
        folder="vision16-humans-rt",
        repository="bethgelab/model-vs-human",
        files=tuple(
            SourceFile(name=file, sha256=sha, path="raw-data", commit=commits[file], made_from=made)
            for file, sha in _VISION
        ),
        licence="code MIT; its licences' overview names CC-BY-4.0 sources; images (not included) under ImageNet terms",
        citation="Geirhos et al., NeurIPS 2021",
        conversion="a case is (experiment, condition, image), the image its parent; 'na' is an empty answer of 1.5 s",
    )


def _cifar10h() -> PublicSet:
    commit = "3b9cf13df58861a87549fe5d36017c1387aceb08"
    return PublicSet(
        name="cifar10h",
        title="10,000 CIFAR-10 test images: four networks, four persons drawn from about 51 answers an image",
        folder="cifar10h-counts-cnn",
        repository="GavinKerrigan/conf_matrix_and_calibration",
        files=tuple(
            SourceFile(
                name=f"{stem}.csv.gz",
                sha256=sha,
                path=f"cifar10h/{stem}.csv",
                commit=commit,
                made_from="gzipped (a gzip file's sha256 depends on the program that made it)",
            )
            for stem, sha in _CIFAR10H.items()
        ),
        licence="CIFAR-10H is CC BY-NC-SA 4.0: non-commercial",
        citation="Peterson et al., ICCV 2019; Kerrigan et al., NeurIPS 2021",
        conversion="a case is an image; four answers are drawn without replacement from its counts (seed 0)",
    )


def _convabuse(name: str, title: str, conversion: str) -> PublicSet:
    return PublicSet(
        name=name,
        title=title,
        folder="convabuse",
        repository="amandacurry/convabuse",
        files=(
            SourceFile(
                name="ConvAbuseEMNLPfull.csv",
                sha256="c054ed30375651cd234930eada705fee6fcad79f86bdca45c1e557284b6b1af4",
                path="1_full/ConvAbuseEMNLPfull.csv",
                commit="c0a9469f48956e868276c605d499010ea3c7c0d0",
            ),
        ),
        licence="CC BY 4.0 (its LICENSE: 'Attribution 4.0 International'); contains offensive language",
        citation="Cercas Curry et al., EMNLP 2021",
        conversion=conversion,
    )


def _davidson() -> PublicSet:
    return PublicSet(
        name="davidson",
        title="20,386 tweets, hate, offensive or neither: a text model and one vote drawn from three or more",
        folder="davidson-moderation",
        repository="t-davidson/hate-speech-and-offensive-language",
        files=(
            SourceFile(
                name="labeled_data.csv",
                sha256="fcb8bc7c68120ae4af04a5b9acd58585513ede11e1548ebf36a5c2040b6f6281",
                path="data/labeled_data.csv",
                commit="cb50f7e9eb855a99abc51423bf40df0e26d6fe30",
            ),
        ),
        licence="MIT; contains offensive language",
        citation="Davidson et al., ICWSM 2017",
        conversion="one vote (drawn with seed 0) is the person, the truth is the majority of the others, ties leave",
    )


def _ecg() -> PublicSet:
    return PublicSet(
        name="ecg",
        title="827 exams, six abnormalities: ten networks, three groups of trainees",
        folder="ecg-readers",
        repository="antonior92/automatic-ecg-diagnosis",
        files=tuple(_ecg_file(name, sha) for name, sha in _ECG.items()),
        licence="MIT",
        citation="Ribeiro et al., Nature Communications 11, 1760 (2020)",
        conversion="a case is (exam, abnormality), the exam its parent; the truth is the gold standard",
    )


def _ecg_file(name: str, sha256: str) -> SourceFile:
    commit = "403934867cea25a85b54faca025ac65b1ac18a45"
    if not name.startswith("prob_model"):
        folder = "data" if name == "attributes.csv" else "data/annotations"
        return SourceFile(name=name, sha256=sha256, path=f"{folder}/{name}", commit=commit)
    stem = name.removeprefix("prob_").removesuffix(".csv")
    folder = "dnn_predicts" if stem == "model" else "dnn_predicts/other_seeds"
    made = "npy turned into csv, a column per abnormality, six decimals"
    return SourceFile(name=name, sha256=sha256, path=f"{folder}/{stem}.npy", commit=commit, made_from=made)


def _nih_xray() -> PublicSet:
    return PublicSet(
        name="nih-xray",
        title="4,376 chest X-rays, four findings: 22 readers, no machine",
        folder="nih-xray-readers",
        repository="ptrckhmmr/learning-to-defer-with-limited-expert-predictions",
        files=(
            SourceFile(
                name="nih_labels.csv.gz",
                sha256="01d15d96a4270a49ed0851b2c5bd0cb78daec14b0fe3615405b098db3f400542",
                path="Learning-to-Defer-Algs/artificial_expert_labels/nih_labels.csv",
                commit="07525da6f57a3bb2c4e8aa6f32577e806bd983a5",
                made_from="gzipped (a gzip file's sha256 depends on the program that made it)",
            ),
        ),
        licence="not stated in the repository, the original terms not checked: internal use only",
        citation="Majkowska et al., Radiology 2020",
        conversion="a case is (image, finding), the patient its parent; HEDGE is an empty answer",
    )


def _crowd(name: str, file: str, title: str) -> PublicSet:
    return PublicSet(
        name=name,
        title=title,
        folder="crowd-answers-times",
        repository="orchidproject/active-crowd-toolkit",
        files=(
            SourceFile(
                name=file,
                sha256=_CROWD[file],
                path=f"Data/{file}",
                commit="2c0c194e85ca126545bd830d811ec39151bdd448",
            ),
        ),
        licence="Apache-2.0",
        citation="Venanzi et al., JAIR 56 (2016)",
        conversion="a case is an item, every worker a person; the first of a worker's answers to an item stands",
    )


_LISTED = (
    _vision(
        "vision16", "objects in 14,400 degraded images: nine networks with GFLOP, 49 people with seconds"
    ),
    _vision("vision3", "vision16 with three weak networks only: bagnet33, resnet50, simclr_resnet50x1"),
    _cifar10h(),
    _convabuse(
        "convabuse",
        "2,853 dialogues with chatbots: a text model and one expert of three or more a dialogue",
        "one expert (drawn with seed 0) is the person, the truth is the majority of the others, ties leave",
    ),
    _convabuse(
        "convabuse-each",
        "11,700 (dialogue, expert) pairs of convabuse: every expert of two or more in turn",
        "every expert of a dialogue is the person once, the truth is the majority of the others, ties leave",
    ),
    _davidson(),
    _ecg(),
    _nih_xray(),
    _crowd("crowd-cf", "CF.csv", "300 weather tweets, five labels: 461 people"),
    _crowd("crowd-cf-amt", "CF_amt.csv", "300 weather tweets, five labels: 110 people with seconds"),
    _crowd("crowd-ms", "MS.csv", "700 pieces of music, ten genres: 44 people"),
    _crowd("crowd-sp", "SP.csv", "4,999 sentences of film reviews, two labels: 203 people"),
    _crowd(
        "crowd-sp-amt", "SP_amt.csv", "500 sentences of film reviews, two labels: 143 people with seconds"
    ),
    _crowd("crowd-zencrowd-in", "ZenCrowd_in.csv", "2,040 entity links, two labels: 25 people with seconds"),
    _crowd("crowd-zencrowd-us", "ZenCrowd_us.csv", "2,040 entity links, two labels: 74 people with seconds"),
)
SETS: Mapping[str, PublicSet] = MappingProxyType({s.name: s for s in _LISTED})


def find(name: str) -> PublicSet:
    """The set of this name; an unknown name gets a sentence with all names."""
    if name not in SETS:
        raise MindshareError(f"There is no public set '{name}'. There are: {', '.join(SETS)}.")
    return SETS[name]
