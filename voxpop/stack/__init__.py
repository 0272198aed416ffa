"""`voxpop stack`: the whole product on one machine, as a deployment runs it, kept alive."""
