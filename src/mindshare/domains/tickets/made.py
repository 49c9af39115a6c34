"""Made-up messages of twelve intents, as customers write: what is meant, a story around it, vague words, slips of the finger.

They stand in for banking77 where it is not at hand. What a machine reaches on them says nothing about real messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mindshare.domains.tickets.messages import Messages, Split

TAUGHT, NEW = 600, 600
VAGUE, SLIPS = 0.25, 0.02  # share of messages whose words fit two intents; of letters that are left out
STORY = 0.6  # a story goes on with this chance, sentence by sentence, at most MOST of them
MOST = 6
MEANT: Mapping[str, Sequence[str]] = {
    "card_arrival": (
        "my new card has not come yet",
        "where is the card that you sent",
        "the card is not in my letter box",
    ),
    "card_not_working": (
        "my card is refused everywhere",
        "the chip of my card does nothing",
        "shops say that the card is broken",
    ),
    "lost_or_stolen_card": (
        "my card is gone, block it",
        "somebody took my card",
        "I cannot find my card anywhere",
    ),
    "compromised_card": (
        "somebody else pays with my card",
        "a stranger knows the number of my card",
        "there are payments that I did not make",
    ),
    "pin_blocked": (
        "my PIN is locked",
        "I typed the PIN wrong three times",
        "the machine says too many wrong PINs",
    ),
    "pending_transfer": (
        "my transfer still says pending",
        "the transfer has been on its way for days",
        "when will the transfer arrive",
    ),
    "failed_transfer": (
        "my transfer did not go through",
        "the transfer came back with an error",
        "why was my transfer refused",
    ),
    "transfer_fee_charged": (
        "why did the transfer cost a fee",
        "you took a charge for sending money",
        "there is a fee on my transfer",
    ),
    "top_up_failed": (
        "my top up was refused",
        "loading money with my card did not work",
        "the top up shows an error",
    ),
    "top_up_limits": (
        "how much can I top up",
        "is there a limit for loading money",
        "what is the most that I may load in a day",
    ),
    "exchange_rate": (
        "which rate do you use for dollars",
        "how is the exchange rate set",
        "what do I get for a hundred euros",
    ),
    "terminate_account": (
        "please close my account",
        "I want to leave your bank",
        "how do I delete my account",
    ),
}
UNCLEAR: Sequence[tuple[tuple[str, str], Sequence[str]]] = (
    (("card_arrival", "lost_or_stolen_card"), ("I do not have my card", "where can my card be")),
    (("card_not_working", "pin_blocked"), ("I cannot pay at the shop", "the machine does not take my card")),
    (
        ("compromised_card", "transfer_fee_charged"),
        ("there is money missing", "I do not know what this charge is"),
    ),
    (("pending_transfer", "failed_transfer"), ("my money has not arrived", "they say that nothing came")),
    (("top_up_failed", "top_up_limits"), ("I cannot load more money", "it does not let me top up")),
    (("exchange_rate", "terminate_account"), ("I am not happy with what I get", "other banks give me more")),
)
STORIES = (
    "I have been a customer for four years.",
    "I am on holiday and need an answer today.",
    "Last month I sent a transfer to my sister and all was well.",
    "I topped up my account on Monday.",
    "Your colleague told me to write here.",
    "My card arrived in March and has worked since.",
    "I already tried it again on my phone.",
    "I changed dollars with you before.",
    "My PIN has never made trouble.",
    "I do not want to close my account because of this.",
)


def made_messages(*, seed: int, taught: int = TAUGHT, new: int = NEW) -> Split:
    """So many messages that teach, and so many new ones; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    return Split(_made(taught, rng), _made(new, rng))


def _made(count: int, rng: np.random.Generator) -> Messages:
    names = tuple(MEANT)
    intent = [names[i % len(names)] for i in rng.permutation(count)]
    return Messages(tuple(_message(meant, rng) for meant in intent), tuple(intent))


def _message(meant: str, rng: np.random.Generator) -> str:
    """What is meant stands somewhere between sentences that say nothing about it."""
    vague = next(words for pair, words in UNCLEAR if meant in pair)
    said = str(rng.choice(vague if rng.random() < VAGUE else MEANT[meant]))
    parts = [str(s) for s in rng.choice(STORIES, _length(rng), replace=False)]
    parts.insert(int(rng.integers(len(parts) + 1)), said[0].upper() + said[1:] + ".")
    kept = rng.random(sum(map(len, parts)) + len(parts)) >= SLIPS
    return "".join(letter for letter, keep in zip(" ".join(parts), kept, strict=False) if keep)


def _length(rng: np.random.Generator) -> int:
    return min(int(rng.geometric(1 - STORY)) - 1, MOST)
