"""Tickets: messages to a bank, machines that read them at different cost, SIMULATED clerks. The worked example of a domain of your own.

`departments.py` what a verdict is and what an error costs, `messages.py` what a case is, `made.py` made-up messages, `machines.py` who
answers and at what cost, `history.py` a history of them, `domain.py` all of it as a `Domain`.
"""

from mindshare.domains.tickets.history import write_tickets

__all__ = ["write_tickets"]
