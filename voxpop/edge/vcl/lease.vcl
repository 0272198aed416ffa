# The lease: a purge that never arrives must not leave an old page for hours. The purger tells this
# node every second how many purges it should have had (purge.vcl). Without such word for three
# seconds, or behind it, what wears a key is believed for ten seconds and then fetched again.

sub heed_lease {
    if (obj.http.xkey && obj.age > 10s
        && std.time(var.global_get("trusts-until"), req.time - 1s) < now) {
        set req.http.Edge-Why = "lease";
        call distrust;
    }
    # `everything`: what was stored before that moment, whatever it wears.
    if (std.real(var.global_get("nothing-before"), 0.0) > std.real(time=now - obj.age, fallback=0.0)) {
        set req.http.Edge-Why = "lease";
        call distrust;
    }
}

# A hold that ended without news tells those who waited for it. Who asks afterwards would be told the
# same at once, and again, until it has run out: he is held anew.
sub heed_quiet {
    if (obj.http.Voxpop-Quiet && now - obj.age < req.time) {
        call distrust;
    }
}

# In vcl_hit: one fetch for all who distrust this copy; it stays, for the case that the fetch fails.
sub distrust {
    if (req.http.Edge-Rescue || !std.healthy(req.backend_hint)) {
        set req.http.Edge-Stale = "1";
    } elseif (req.restarts < 4) {
        # Who waited for a fetch that brought him this copy is older than it, so that no ttl could
        # refuse it; nor could any a copy that was stored within this millisecond: he fetches for
        # himself.
        if (now - obj.age > req.time - 0.002s) {
            set req.hash_always_miss = true;
        }
        set req.ttl = 0.001s;
        set req.grace = 0s;
        return (restart);
    }
}
