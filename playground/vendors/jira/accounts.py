"""Who has an account at the stand-in: the bot, the storyboard's people, and one that may only read."""

from playground.vendors.jira.model import MAKER, READER, Account

BOT = Account(
    "5f0000000000000000000001", "Watchkeeper", "watchkeeper@shop.example", "jira-watchkeeper", MAKER, app=True
)

ACCOUNTS = (
    BOT,
    Account("5f0000000000000000000002", "Priya Raman", "priya@shop.example", "jira-priya", MAKER),
    Account(
        "5f0000000000000000000003",
        "Maya Okafor",
        "maya@shop.example",
        "jira-maya",
        MAKER | {"EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS", "DELETE_ISSUES"},
    ),
    Account("5f0000000000000000000004", "Ben Adler", "ben@shop.example", "jira-ben", MAKER),
    Account("5f0000000000000000000005", "Tom Becker", "tom@shop.example", "jira-tom", READER),
    Account("5f0000000000000000000006", "Sam Reyes", "sam@shop.example", "jira-sam", frozenset()),
    Account(
        "5f0000000000000000000007", "Keeps copies", "keeps@shop.example", "jira-keeps", MAKER - {"DELETE_OWN_COMMENTS"}
    ),
)
