"""Small made-up source files in the form of the public ones. Nothing in here is from a public set."""

from __future__ import annotations

import gzip
from pathlib import Path

TURNS = "example_no,annotator_id,conv_id,prev_agent,prev_user,agent,user,bot"
SEVERITY = "is_abuse.1,is_abuse.0,is_abuse.-1,is_abuse.-2,is_abuse.-3"
ECG = "1dAVb,RBBB,LBBB,SB,AF,ST"
NIH = (
    "Patient ID,Image ID,Reader ID,Fracture,Pneumothorax,Airspace opacity,Nodule/mass,"
    "Fracture_GT_Label,Pneumothorax_GT_Label,Airspace_Opacity_GT_Label,Nodule_Or_Mass_GT_Label"
)


def write(path: Path, *lines: str) -> None:
    text = "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
    else:
        path.write_text(text, encoding="utf-8")


def vision(folder: Path) -> None:
    from mindshare.histories.public.vision16 import GFLOP

    write(
        folder / "human_trials.csv.gz",
        "exp,condition,img,category,subj,trial,object_response,rt",
        "colour,bw,img-1,cat,colour:subject-01,1,cat,0.75",
        "colour,bw,img-1,cat,colour:subject-02,1,na,",
        "colour,cr,img-1,cat,colour:subject-01,2,dog,0.5",
        "colour,bw,img-2,dog,colour:subject-01,3,dog,1.25",
    )
    write(
        folder / "model_answers.csv.gz",
        "exp,condition,img,category," + ",".join(GFLOP),
        "colour,bw,img-1,cat," + ",".join(["cat"] * 9),
        "colour,cr,img-1,cat," + ",".join(["dog"] * 8 + [""]),
        "colour,bw,img-2,dog," + ",".join(["dog"] * 9),
    )


def cifar10h(folder: Path, first_truth: int = 3) -> None:
    """Two images whose counts hold exactly four people each."""
    counts = ([0, 0, 0, 3, 0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 2, 2])
    proba = ([0.01] * 3 + [0.91] + [0.01] * 6, [0.01] * 9 + [0.91])
    truth = (first_truth, 8)

    def row(*parts: object) -> str:
        return ",".join(
            str(value) for part in parts for value in (part if isinstance(part, list) else [part])
        )

    first = [row(c, p, t + 1) for c, p, t in zip(counts, proba, (3, 8), strict=True)]
    write(folder / "human_model_truth_cifar10h.csv.gz", *first)
    for stem in ("densenet-bc-L190-k40", "preresnet-110", "resnet-110"):
        rows = [row(float(t), c, p) for t, c, p in zip(truth, counts, proba, strict=True)]
        write(folder / f"{stem}.csv.gz", *rows)


def convabuse(folder: Path) -> None:
    """Conversations 1..9 with one dialogue of three who agree; 10 is tied unless its odd one is asked; 11 has two judges."""
    lines, ok, bad = [], "0,1,0,0,0", "0,0,0,1,0"

    def add(conversation: int, annotator: int, said: str) -> None:
        words = "you stupid bot" if said == bad or conversation == 10 else "what is the weather"
        turns = f"hi,hello,how are you,{words} {conversation},E.L.I.Z.A."
        lines.append(f"{len(lines)},Annotator{annotator},{conversation},{turns},{said}")

    for conversation in range(1, 10):
        for annotator in (1, 2, 3):
            add(conversation, annotator, bad if conversation % 2 else ok)
    for annotator, said in (
        (1, bad),
        (2, ok),
        (3, bad),
        (4, ok),
        (1, ok),
    ):  # the first one twice, of two opinions
        add(10, annotator, said)
    for annotator in (1, 2):
        add(11, annotator, ok)
    write(folder / "ConvAbuseEMNLPfull.csv", f"{TURNS},{SEVERITY}", *lines)


def davidson(folder: Path) -> None:
    """Nine clear tweets, two of them posts of one, and one whose remaining votes are always tied."""
    votes = [("3,0,0", "hate them"), ("0,3,0", "rude words"), ("0,0,3", "nice day")]
    rows = [f"{i},3,{votes[i % 3][0]},0,{votes[i % 3][1]} number {'abcdefgh'[i]}" for i in range(8)]
    rows.append('8,3,0,0,3,2,"RT @you: nice day, number c http://x.y/z"')
    rows.append("9,3,1,1,1,0,who knows")
    write(folder / "labeled_data.csv", ",count,hate_speech,offensive_language,neither,class,tweet", *rows)


def ecg(folder: Path) -> None:
    people = ("cardiology_residents", "emergency_residents", "medical_students")
    for stem in ("gold_standard", *people):
        write(folder / f"{stem}.csv", ECG, "0,0,0,0,0,1", "0,1,0,0,0,0")
    write(folder / "dnn.csv", f",{ECG}", "0,0,0,0,0,0,1", "1,0,0,0,0,0,0")
    write(folder / "attributes.csv", "age,sex", "34,M", "61,F")
    for i in ("", *(f"_{n}" for n in range(1, 11))):
        write(folder / f"prob_model{i}.csv", ECG, "0.0,0.1,0.0,0.0,0.0,0.2", "0.0,0.5,0.0,0.0,0.0,0.0")


def nih_xray(folder: Path) -> None:
    write(
        folder / "nih_labels.csv.gz",
        NIH,
        "7,7_1.png,11,NO,HEDGE,YES,NO,0,1,1,0",
        "7,7_1.png,12,NO,YES,NO,NO,0,1,1,0",
        "7,7_1.png,12,YES,YES,NO,NO,0,1,1,0",
        "8,8_1.png,11,NO,NO,NO,YES,0,0,0,1",
    )


def crowd(folder: Path) -> None:
    for file in ("CF", "MS", "SP"):
        write(folder / f"{file}.csv", "ann,x,0,0", "bob,x,1,0", "ann,y,10,1")
    for file in ("CF_amt", "SP_amt"):
        write(folder / f"{file}.csv", "ann,x,0,0,7", "ann,x,1,0,5", "bob,x,1,0,8", "ann,y,1,1,9")
    links = ("UAE-http://a.b/uae", "UAE-UAE_undisclosedLink0", "UAE-http://c.d/uae")
    for file in ("ZenCrowd_in", "ZenCrowd_us"):
        page = [f"ann,{link},{i % 2},0,30" for i, link in enumerate(links)]
        write(folder / f"{file}.csv", *page, "ann,Rome-http://e.f/rome,1,1,12", f"bob,{links[0]},0,0,6")


def write_small_source(folder: str, into: Path) -> Path:
    """The made-up source files of one set's folder, below `into`."""
    makers = {
        "vision16-humans-rt": vision,
        "cifar10h-counts-cnn": cifar10h,
        "convabuse": convabuse,
        "davidson-moderation": davidson,
        "ecg-readers": ecg,
        "nih-xray-readers": nih_xray,
        "crowd-answers-times": crowd,
    }
    place = into / folder
    place.mkdir(parents=True, exist_ok=True)
    makers[folder](place)
    return place
