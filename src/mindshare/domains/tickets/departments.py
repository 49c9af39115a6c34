"""Which department of the bank takes care of which intent, and what a verdict is worth.

A message goes to a department with the intent that was found. The right intent is worth 1. With another intent of the same department
the clerk there sorts it out: 0.5. At another department the customer has to wait anew: 0. What is urgent (a stolen card, money that
somebody else takes) must not wait: at another department it is worth -1.
"""

from __future__ import annotations

from collections.abc import Mapping

RIGHT, SAME_DEPARTMENT, OTHER_DEPARTMENT, URGENT_ELSEWHERE = 1.0, 0.5, 0.0, -1.0
URGENT = "security"  # the department whose messages must not wait
DEPARTMENTS: Mapping[str, tuple[str, ...]] = {
    "cards": (
        "activate_my_card",
        "apple_pay_or_google_pay",
        "card_about_to_expire",
        "card_acceptance",
        "card_arrival",
        "card_delivery_estimate",
        "card_linking",
        "card_not_working",
        "contactless_not_working",
        "disposable_card_limits",
        "get_disposable_virtual_card",
        "get_physical_card",
        "getting_spare_card",
        "getting_virtual_card",
        "order_physical_card",
        "supported_cards_and_currencies",
        "virtual_card_not_working",
        "visa_or_mastercard",
    ),
    URGENT: (
        "card_payment_not_recognised",
        "card_swallowed",
        "cash_withdrawal_not_recognised",
        "change_pin",
        "compromised_card",
        "direct_debit_payment_not_recognised",
        "lost_or_stolen_card",
        "lost_or_stolen_phone",
        "passcode_forgotten",
        "pin_blocked",
    ),
    "payments": (
        "Refund_not_showing_up",
        "card_payment_fee_charged",
        "declined_card_payment",
        "extra_charge_on_statement",
        "pending_card_payment",
        "request_refund",
        "reverted_card_payment?",
        "transaction_charged_twice",
    ),
    "cash": (
        "atm_support",
        "cash_withdrawal_charge",
        "declined_cash_withdrawal",
        "pending_cash_withdrawal",
        "wrong_amount_of_cash_received",
        "wrong_exchange_rate_for_cash_withdrawal",
    ),
    "top-ups": (
        "automatic_top_up",
        "balance_not_updated_after_cheque_or_cash_deposit",
        "pending_top_up",
        "top_up_by_bank_transfer_charge",
        "top_up_by_card_charge",
        "top_up_by_cash_or_cheque",
        "top_up_failed",
        "top_up_limits",
        "top_up_reverted",
        "topping_up_by_card",
        "verify_top_up",
    ),
    "transfers": (
        "balance_not_updated_after_bank_transfer",
        "beneficiary_not_allowed",
        "cancel_transfer",
        "declined_transfer",
        "failed_transfer",
        "pending_transfer",
        "receiving_money",
        "transfer_fee_charged",
        "transfer_into_account",
        "transfer_not_received_by_recipient",
        "transfer_timing",
    ),
    "exchange": (
        "card_payment_wrong_exchange_rate",
        "exchange_charge",
        "exchange_rate",
        "exchange_via_app",
        "fiat_currency_support",
    ),
    "accounts": (
        "age_limit",
        "country_support",
        "edit_personal_details",
        "terminate_account",
        "unable_to_verify_identity",
        "verify_my_identity",
        "verify_source_of_funds",
        "why_verify_identity",
    ),
}
DEPARTMENT_OF: Mapping[str, str] = {
    intent: department for department, intents in DEPARTMENTS.items() for intent in intents
}


def utility_of(labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Truth -> verdict -> value, of these intents."""

    def worth(truth: str, verdict: str) -> float:
        if truth == verdict:
            return RIGHT
        if DEPARTMENT_OF[truth] == DEPARTMENT_OF[verdict]:
            return SAME_DEPARTMENT
        return URGENT_ELSEWHERE if DEPARTMENT_OF[truth] == URGENT else OTHER_DEPARTMENT

    return {truth: {verdict: worth(truth, verdict) for verdict in labels} for truth in labels}
