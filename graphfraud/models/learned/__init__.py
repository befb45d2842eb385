"""Learned models on tabular features of the accounts: gradient boosting and an isolation forest (docs/models.md)."""
