"""Data contracts shared by every room: schemas, clocks, money, ids, the snapshot and the findings."""
