"""Who has an account at the stand-in: the bot, the storyboard's people, and a token that may only read."""

from playground.vendors.github.tracker import Account

BOT = Account(41_898_282, "watchkeeper", "Watchkeeper", "ghp_watchkeeper", bot=True)

ACCOUNTS = (
    BOT,
    Account(1_001, "priya-raman", "Priya Raman", "ghp_priya"),
    Account(1_002, "maya-okafor", "Maya Okafor", "ghp_maya", "admin"),
    Account(1_003, "ben-adler", "Ben Adler", "ghp_ben"),
    Account(1_004, "jonas-lind", "Jonas Lind", "ghp_jonas"),
    Account(1_005, "tom-becker", "Tom Becker", "ghp_tom", "read"),
    Account(1_006, "sam-reyes", "Sam Reyes", "ghp_sam", "none"),
    Account(1_007, "dana-silva", "Dana Silva", "ghp_dana"),
    Account(1_008, "watchkeeper-reads", "Watchkeeper, reading", "ghp_reads", bot=True, may_write_issues=False),
)
