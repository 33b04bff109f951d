"""What the bank's codes mean, in words: ISO 20022 external code sets (status reason, return reason, payment status).

As of November 2026, for the codes that SEPA banks send (EPC135-18 lists those of returns and rejects). A code that is not here is
shown as it came, with what the bank wrote beside it.
"""

REASONS = {
    "AC01": "The account number (IBAN) is wrong or does not exist.",
    "AC03": "The payee's account number is wrong.",
    "AC04": "The account is closed.",
    "AC06": "The account is blocked.",
    "AC07": "The payee's account is closed.",
    "AC13": "The account belongs to a consumer, which this kind of direct debit does not allow.",
    "AC16": "The account is blocked by law or by a court.",
    "AG01": "This kind of payment is not allowed on the account.",
    "AG02": "The bank transaction code or the sequence type is wrong.",
    "AG03": "This kind of payment is not supported by the bank.",
    "AM01": "The amount is zero.",
    "AM02": "The amount is above what the bank allows.",
    "AM03": "The currency is not allowed.",
    "AM04": "There was not enough money on the account.",
    "AM05": "The bank has had this payment already (duplicate).",
    "AM06": "The amount is below what the bank allows.",
    "AM07": "The amount is blocked.",
    "AM09": "The amount is not the one agreed or expected.",
    "AM10": "The control sum of the file is wrong.",
    "AM12": "The amount is invalid.",
    "AM14": "The amount is above the limit agreed with the bank.",
    "BE01": "The name does not belong to the account.",
    "BE04": "The payee's address is missing or wrong.",
    "BE05": "The creditor identifier or the initiating party is not known to the bank.",
    "BE06": "The customer is not known to the bank.",
    "BE07": "The payer's address is missing or wrong.",
    "BE08": "The payee's name is missing.",
    "BE16": "The payer's identification is missing or wrong.",
    "BE21": "The name is missing or wrong.",
    "BE22": "The payee's name is missing or wrong.",
    "CNOR": "The payee's bank is not reachable by this kind of payment.",
    "CUST": "The payer asked for it.",
    "CURR": "The currency is wrong.",
    "CUTA": "Cancelled on request of an investigation.",
    "DNOR": "The payer's bank is not reachable by this kind of payment.",
    "DS02": "The order was cancelled by the signer.",
    "DS24": "The signatures did not arrive in time.",
    "DT01": "The date is wrong: not a bank working day, past, or too far ahead.",
    "DT06": "The bank changed the date of execution.",
    "DUPL": "It was a duplicate.",
    "ED05": "Settlement failed.",
    "ERIN": "The bank does not take extended remittance information.",
    "FF01": "The file's format is wrong.",
    "FF05": "The local instrument or direct debit scheme is wrong.",
    "FF08": "The end-to-end reference is missing or wrong.",
    "FOCR": "Returned after a request to cancel.",
    "FRAD": "Returned because fraud is suspected.",
    "MD01": "There is no valid mandate.",
    "MD02": "Data of the mandate are missing or wrong.",
    "MD05": "The direct debit should not have been collected.",
    "MD06": "The payer objects to the direct debit and wants the money back.",
    "MD07": "The payer has died.",
    "MS02": "The payee or the payer refused, without a reason.",
    "MS03": "The bank refused, without a reason.",
    "NARR": "The reason is in the bank's own words.",
    "NOAS": "The payee did not answer.",
    "NOOR": "The original payment is not known.",
    "PY01": "The payee's bank is not reachable by this route.",
    "RC01": "The bank's code (BIC) is wrong.",
    "RC03": "The code of the payer's bank is wrong.",
    "RC04": "The code of the payee's bank is wrong.",
    "RF01": "The reference of the transaction is not unique.",
    "RR01": "The payer's account or identification is missing, as the law asks for it.",
    "RR02": "The payer's name or address is missing, as the law asks for it.",
    "RR03": "The payee's name or address is missing, as the law asks for it.",
    "RR04": "For reasons of law or regulation.",
    "SL01": "The payer's bank offers a service that stopped it (a blocked creditor, a limit).",
    "SL11": "The payer allows only named creditors, and this one is not among them.",
    "SL12": "The payer blocked this creditor.",
    "SL13": "The amount is above the payer's limit for direct debits.",
    "SL14": "The payer allows fewer direct debits in this time.",
    "TD03": "The grouping of the file is wrong.",
    "TECH": "A technical problem at the bank.",
    "TM01": "The file came after the bank's cut-off time.",
    "TS01": "The file came too late or the transmission broke off.",
    "UPAY": "The payment was not due.",
}

VERIFICATIONS = {
    "RCVC": "The payee's name matches the account.",
    "RVMC": "The payee's name nearly matches the account.",
    "RVNM": "The payee's name does not match the account.",
    "RVNA": "The payee's name could not be checked.",
}

STATUSES = {
    "ACCC": "accepted",
    "ACCP": "accepted",
    "ACFC": "accepted",
    "ACSC": "accepted",
    "ACSP": "accepted",
    "ACTC": "accepted",
    "ACWC": "accepted",
    "ACWP": "accepted",
    "ACCR": "rejected",
    "CANC": "rejected",
    "RJCT": "rejected",
    # neither paid nor given back (ISO 20022): paying again would pay twice
    "BLCK": "pending",
    "PATC": "pending",
    "PDNG": "pending",
    "RCVD": "pending",
    "ACPD": "pending",
    "PART": "partly",
    **dict.fromkeys(VERIFICATIONS, "verified"),
}

# By these a bank says that the money moves, and not only that it took the order.
EXECUTED = ("ACCC", "ACSC", "ACSP", "ACWC", "ACWP")


def in_words(code, additional=""):
    """One sentence for a reason: what the code means, then the bank's own words."""
    known = REASONS.get(code) or VERIFICATIONS.get(code)
    parts = [f"{code}: {known}" if known else code, additional]
    return " ".join(part for part in parts if part)


def standing(status):
    """What a status code means for a payment: "accepted", "rejected", "pending", "partly", "verified"; "unknown" else."""
    return STATUSES.get(status, "unknown")
