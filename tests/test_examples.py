"""The examples run, their notebooks are what their sources say, and each fault of the article's code stays pinned.

For every fault the wrong way is shown to fail (or to pass and be wrong), and the example is shown to be right.
"""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SOURCES = ("perceptron", "cnn", "tickets", "city", "medicine", "traffic")
SCRIPTS = ("own_net",)
SHORTER = {  # the same cells on fewer seeds and seconds
    "SEEDS, BUDGET_S = 5, 4.0": "SEEDS, BUDGET_S = 1, 1.0",
    "CPU_S = 2.0": "CPU_S = 0.5",
}


def shorter(code: str) -> str:
    for long, short in SHORTER.items():
        code = code.replace(long, short)
    return code


def run_cells(name: str) -> dict[str, Any]:
    """What the notebook's code cells leave behind; the one that installs is for Colab and stays out."""
    book = json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"))
    found: dict[str, Any] = {"__name__": "__main__"}
    for cell in book["cells"]:
        if cell["cell_type"] == "code" and "install" not in cell["metadata"].get("tags", []):
            exec(compile(shorter("".join(cell["source"])), f"{name}.ipynb", "exec"), found)
    return found


@pytest.fixture(scope="module")
def cnn() -> dict[str, Any]:
    pytest.importorskip("torch", reason="the extra `deep` is not installed")
    return run_cells("cnn")


def test_no_example_is_left_out_and_what_makes_them_shorter_is_in_them() -> None:
    there = {path.stem for path in EXAMPLES.glob("*.py")}
    assert there == {*SOURCES, *SCRIPTS, "notebooks"}
    assert {path.stem for path in EXAMPLES.glob("*.ipynb")} == set(SOURCES)
    every = "".join((EXAMPLES / f"{name}.py").read_text(encoding="utf-8") for name in (*SOURCES, *SCRIPTS))
    assert all(every.count(long) == 1 for long in SHORTER)


def test_a_net_of_ones_own_learns_within_a_budget_and_is_a_rung_whose_cost_is_measured() -> None:
    pytest.importorskip("torch", reason="the extra `deep` is not installed")
    pytest.importorskip("skorch", reason="the extra `skorch` is not installed")
    code = shorter((EXAMPLES / "own_net.py").read_text(encoding="utf-8"))
    found: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "own_net.py", "exec"), found)
    assert found["report"].total["cpu_s"] <= found["CPU_S"] * 1.05 and found["report"].reason == "budget"
    line, net = found["ladder"].cost_
    assert 0 < line.each(100)["cpu_s"] < net.each(100)["cpu_s"]
    assert found["machine"].cost(found["test_x"][:1])["cpu_s"][0] > 0


@pytest.mark.parametrize("name", SOURCES)
def test_a_notebook_is_what_its_source_says(name: str) -> None:
    made = runpy.run_path(str(EXAMPLES / "notebooks.py"))["notebook"](name)
    assert made == (EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"), (
        "run python examples/notebooks.py"
    )


@pytest.mark.parametrize("name", SOURCES)
def test_a_notebook_is_ready_for_colab_its_first_code_cell_installs(name: str) -> None:
    book = json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert book["nbformat"] == 4
    first = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
    assert "".join(first["source"]).startswith("%pip install")
    assert all(cell["outputs"] == [] for cell in book["cells"] if cell["cell_type"] == "code")


def test_the_environment_file_names_what_the_examples_import() -> None:
    import yaml

    made = yaml.safe_load((EXAMPLES / "environment.yml").read_text(encoding="utf-8"))
    plain = [word for word in made["dependencies"] if isinstance(word, str)]
    assert any(word.startswith("pytorch") for word in plain)
    assert {"numpy", "scikit-learn", "jupyterlab"} <= set(plain)


def test_the_perceptron_learns_measures_its_cost_and_stays_within_r_max() -> None:
    found = run_cells("perceptron")
    assert found["alpha"] > 0, "a longer input costs more"
    assert found["plan"].usage["cpu_s"] <= found["R_max"] < found["cost"].sum()
    assert found["P"] > found["first_come"] + 0.02


def test_tickets_go_where_the_right_department_is_worth_the_attention_within_the_limits() -> None:
    found = run_cells("tickets")
    assert found["reached"]["as they are"] > found["alone"]["pairs"], (
        "better than the machine that may read all"
    )
    assert found["by_clerks"][0] > found["by_clerks"][-1], "clerks read short messages rather than long ones"
    assert [line.split("`")[1].partition("(")[0] for line in found["told"].splitlines()] == [
        "training",
        "preflight",
        "terms",
        "write",
    ]


def test_made_up_visits_that_find_something_come_earlier_in_the_lists() -> None:
    found = run_cells("city")
    assert found["half"]["history"] > found["half"]["rule"] > 0.5
    assert found["gained"] > 0, "days, of the order by the visits before"
    assert found["cost"][0.0] > found["cost"][0.3], "what is drawn costs some of it"
    assert set(found["today"].price) == set(found["visits"].groups), "a price for each group"


def test_doctors_read_short_descriptions_and_what_no_machine_knows_is_noticed_and_no_text_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("torch", reason="the extra `deep` is not installed")
    found = run_cells("medicine")
    assert found["reached"] > max(found["alone"][name] for name in ("words", "letters", "transformer"))
    assert found["share"]["about a bank"] == 1.0
    assert (
        found["share"]["of a diagnosis that taught nobody"]
        > 0.5
        > 5 * found["share"]["of known diagnoses, new texts"]
    )
    assert found["by_length"]["shorter half"] > found["by_length"]["longer half"]
    printed = capsys.readouterr().out
    assert not any(text in printed for text in found["made"].text)


def test_looks_go_where_the_rush_is_and_see_more_falls_than_the_clock_tells() -> None:
    found = run_cells("traffic")
    assert found["error"]["trees"][0] < found["error"]["last"][0]
    assert found["share"]["trees_before", 1] > found["share"]["rule_before", 1]
    assert found["spent"].sum() == 100
    assert found["by_hour"][[6, 7, 8, 9, 16, 17, 18, 19]].sum() > 80, (
        "most minutes are spent around the rush hours"
    )


# -- the faults of the article's CNN ----------------------------------------------------------------------------------
def test_28_pixels_make_13_after_a_convolution_and_pooling_not_7(cnn: dict[str, Any]) -> None:
    import torch
    from torch import nn

    made = nn.MaxPool2d(2)(nn.Conv2d(1, 32, 3)(torch.zeros(1, 1, 28, 28)))
    assert made.shape[1:] == (32, 13, 13)
    for batch in (1, 16, 49):
        logits, _ = cnn["AttentiveCNN"]()(torch.zeros(batch, 1, 28, 28))
        assert logits.shape == (batch, 10)


def test_the_reshape_to_7_by_7_fails_at_16_and_mixes_images_without_a_word_at_49(cnn: dict[str, Any]) -> None:
    import torch

    def reshape(batch: int) -> torch.Tensor:
        pooled = torch.arange(float(batch)).view(-1, 1, 1, 1).expand(batch, 32, 13, 13)
        return pooled.reshape(-1, 32 * 7 * 7)

    with pytest.raises(RuntimeError, match="invalid"):
        reshape(16)
    rows = reshape(49)
    assert len(rows) == 169, "49 images became 169 rows"
    assert any(len(set(row.tolist())) > 1 for row in rows), "and some rows hold two images"
    model = cnn["AttentiveCNN"]().eval()
    images = torch.rand(49, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    together, alone = model(images)[0], torch.cat([model(image[None])[0] for image in images])
    assert torch.allclose(together, alone, atol=1e-5), "ours: an image's answer does not depend on the batch"


def test_the_functional_module_is_imported(cnn: dict[str, Any]) -> None:
    with pytest.raises(NameError, match="'F'"):
        exec("import torch\nimport torch.nn as nn\nimport torch.optim as optim\nF.relu(torch.zeros(1))", {})
    import torch

    assert cnn["F"] is torch.nn.functional


def test_accuracy_is_asked_of_labels_not_of_lists_of_arrays(cnn: dict[str, Any]) -> None:
    from sklearn.metrics import accuracy_score

    said, true = [np.array([1, 2]), np.array([3])], [np.array([1, 2]), np.array([0])]
    with pytest.raises(ValueError, match=r"inhomogeneous|not supported|multilabel|sequence"):
        accuracy_score(true, said)
    assert accuracy_score(np.concatenate(true), np.concatenate(said)) == pytest.approx(2 / 3)
    assert 0.5 < cnn["evaluate"](cnn["model"], cnn["test_batches"]) <= 1.0


def test_data_and_device_are_defined(cnn: dict[str, Any]) -> None:
    with pytest.raises(NameError):
        exec("train_epoch(model, train_dataset, 16, optimizer, device)", {})
    assert str(cnn["device"]) in ("cpu", "cuda")
    parts = [set(map(bytes, cnn[name])) for name in ("train_x", "valid_x", "test_x")]
    assert not parts[2] & (parts[0] | parts[1]), "no image of the test is learnt from or chosen by"


def test_the_batch_size_is_used(cnn: dict[str, Any]) -> None:
    def steps_without_use(dataset: list[int], batch_size: int) -> int:
        return sum(1 for _ in dataset)

    assert steps_without_use([0] * 64, 16) == steps_without_use([0] * 64, 64) == 64
    for batch_size in (16, 64):
        batches = cnn["loader"](cnn["train_x"], cnn["train_y"], batch_size)
        assert len(batches) == math.ceil(len(cnn["train_y"]) / batch_size)
        assert len(next(iter(batches))[1]) == batch_size


def test_a_tensor_on_another_device_is_brought_home_first(cnn: dict[str, Any]) -> None:
    import torch

    class Elsewhere(torch.Tensor):
        """Behaves as one on a GPU: no array before `cpu()`."""

        def numpy(self, **_: Any) -> Any:
            raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu()")

        def cpu(self, *_: Any) -> torch.Tensor:
            return self.as_subclass(torch.Tensor)

    far = torch.zeros(4, 1, 28, 28).as_subclass(Elsewhere)
    with pytest.raises(TypeError, match="cuda"):
        cnn["model"](far)[0].data.numpy()
    labels = torch.zeros(4, dtype=torch.int64).as_subclass(Elsewhere)
    assert 0.0 <= cnn["evaluate"](cnn["model"], [(far, labels)]) <= 1.0


def test_there_is_attention_and_it_is_measured(cnn: dict[str, Any]) -> None:
    import torch

    weight = cnn["model"](torch.from_numpy(cnn["test_x"][:5]))[1]
    assert torch.allclose(weight.sum(dim=1), torch.ones(5), atol=1e-5)
    assert cnn["spent"] > 0 and cnn["report"].total["cpu_s"] <= cnn["BUDGET_S"] * 1.01
    assert cnn["test_accuracy"] > 0.75


def test_equals_are_compared_the_same_net_and_who_wins_only_beyond_chance(cnn: dict[str, Any]) -> None:
    ours = cnn["machine"].net_.inner.state_dict()
    plain = cnn["AttentiveCNN"]().state_dict()
    assert {name: x.shape for name, x in ours.items()} == {name: x.shape for name, x in plain.items()}
    assert len(cnn["told"]) == cnn["SEEDS"] and cnn["winner"] in ("neither", "Mindshare", "the plain loop")
    assert cnn["BUDGET_S"] <= cnn["alone"][1], "the plain loop has at least as much"


def test_the_test_part_is_looked_at_once() -> None:
    cells = [text for kind, text, _ in runpy.run_path(str(EXAMPLES / "notebooks.py"))["cells"](
        (EXAMPLES / "cnn.py").read_text(encoding="utf-8")
    ) if kind == "code"]  # fmt: skip
    loop = next(text for text in cells if "for epoch in" in text)
    inside, after = loop.split("model.load_state_dict")
    assert "valid_batches" in inside and "test_batches" not in inside
    assert after.count("evaluate(model, test_batches)") == 1
    assert sum(text.count("evaluate(model, test_batches)") for text in cells) == 1
