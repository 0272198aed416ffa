"""What people talk in now: threads by how many took part lately, counted over the last two days.

The heat of a thread is the sum over everybody who took part in it: 1 for whoever wrote, a quarter
for an account that only voted for something there, halved for every six hours since his newest
act. Nobody counts twice, and guests of one network count as one person (docs/decisions/0190).
"""
