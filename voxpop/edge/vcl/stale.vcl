# A healthy Django is asked: a copy is used 0.2 s beyond its time, while one fetch renews it. Only
# when the probe says sick, or a fetch has failed, is an old copy served, for at most a day, and it
# says so.
#
# A failure is remembered by its address for a second: who waited for that fetch, and who comes
# meanwhile, is sent for the old copy without a fetch of his own (`Edge-Rescue`). It is no object: one
# with a time to live would end the old copy, and one without would let the waiters try one by one.

sub choose_grace {
    if (req.http.Edge-Rescue || !std.healthy(req.backend_hint)) {
        set req.grace = 24h;
    } elseif (req.restarts == 0) {
        set req.grace = 0.2s;
    }
}

# Who comes back from a provider waits for what Django asks there (voxpop/identities/asking.py).
sub choose_patience {
    if (var.get("route") == "held" || bereq.http.Edge-Why == "writer" || bereq.url ~ "^/accounts/with/") {
        set bereq.first_byte_timeout = 30s;
    }
}

# In vcl_backend_fetch. Every old copy that is served starts a fetch behind it, and who has waited for
# the one that failed would then wait for this one.
sub try_no_more {
    if (bereq.is_bgfetch && vsthrottle.remaining(bereq.url, 1, 1s) < 1) {
        return (abandon);
    }
}

# Look again, for whatever is there.
sub rescue {
    set req.http.Edge-Rescue = "1";
    set req.hash_always_miss = false;
    set req.ttl = 365d;
    return (restart);
}

# In vcl_hit.
sub mark_old_copy {
    if (obj.ttl <= 0s && (req.http.Edge-Rescue || !std.healthy(req.backend_hint))) {
        set req.http.Edge-Stale = "1";
    }
}

# In vcl_miss.
sub rescue_without_trying {
    if (req.http.Edge-Rescue) {
        return (synth(503, "unavailable"));
    }
    if (vsthrottle.remaining(req.url, 1, 1s) < 1) {
        call rescue;
    }
}

# In vcl_synth: of a fetch that failed nothing is left but this.
sub rescue_failed_fetch {
    if (resp.status == 503 && resp.reason != "unavailable") {
        if (req.http.Edge-Route != "private" && !req.http.Edge-Rescue) {
            call rescue;
        }
        set resp.reason = "unavailable";
    }
}

# In vcl_backend_response: on a shared route a 5xx is a failure like any other, and never shown.
sub fail_on_error {
    if (beresp.status >= 500) {
        call remember_failure;
        return (abandon);
    }
}

# In vcl_backend_error. A process that has just died is not known to be sick yet: reading is tried once
# more, with the next one. What was waited for in vain is not waited for again, and a write is never
# sent twice.
sub try_another_process {
    if (bereq.method ~ "^(?:GET|HEAD)$" && bereq.retries == 0 && now < bereq.time + 0.5s) {
        return (retry);
    }
}

# Also in vcl_backend_error. Taking the one token of this second is the memory.
sub remember_failure {
    if (var.get("route") != "private" && vsthrottle.is_denied(bereq.url, 1, 1s)) {
        std.log("edge: failed again: " + bereq.url);
    }
}
