"""Manufacturing: windows of sensor readings, machines beside the sensor and in the plant room, simulated technicians.

`windows/` what a case is and where it comes from, `machines/` who answers, `team.py` what answers and errors cost,
`history.py` a history of them, `training.py` a model of one's own, `domain.py` all of it as a `Domain`.
"""

from mindshare.domains.manufacturing.history import answers_of, ids_of, write_manufacturing
from mindshare.domains.manufacturing.training import sides, train
from mindshare.domains.manufacturing.windows.windows import Windows, folds_by_parent

__all__ = ["Windows", "answers_of", "folds_by_parent", "ids_of", "sides", "train", "write_manufacturing"]
