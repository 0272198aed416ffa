# A healthy Django is asked: a copy is used 0.2 s beyond its time, while one fetch renews it. Only
# when the probe says sick, or a fetch has failed, is an old copy served, for at most a day, and it
# says so.
#
# A failed fetch leaves a mark for a second, which nobody is shown: all who waited for it, and all
# who come meanwhile, are sent for the old copy (`Edge-Rescue`) without waiting for a fetch of their
# own. The mark varies on that header, so that it hides no page from those who were sent.

sub choose_grace {
    if (req.http.Edge-Rescue || !std.healthy(req.backend_hint)) {
        set req.grace = 24h;
    } elseif (req.restarts == 0) {
        set req.grace = 0.2s;
    }
}

sub choose_patience {
    if (var.get("route") == "held" || bereq.http.Edge-Why == "writer") {
        set bereq.first_byte_timeout = 30s;
    }
}

# In vcl_hit, vcl_miss and vcl_deliver: look again, for what is there.
sub rescue {
    set req.http.Edge-Rescue = "1";
    set req.hash_always_miss = false;
    set req.ttl = 365d;
    return (restart);
}

sub rescue_from_failure {
    if (obj.http.Edge-Failed) {
        call rescue;
    }
    if (obj.ttl <= 0s && (req.http.Edge-Rescue || !std.healthy(req.backend_hint))) {
        set req.http.Edge-Stale = "1";
    }
}

sub rescue_without_trying {
    if (req.http.Edge-Rescue) {
        return (synth(503, "unavailable"));
    }
    if (!std.healthy(req.backend_hint)) {
        call rescue;
    }
}

sub rescue_failed_fetch {
    if (resp.http.Edge-Failed) {
        if (req.http.Edge-Route == "private") {
            return (synth(503, "unavailable"));
        }
        call rescue;
    }
}

# In vcl_backend_response: on a shared route a 5xx is a failure like any other, and never kept.
sub fail_on_error {
    if (beresp.status >= 500) {
        return (error(503, "unavailable"));
    }
}

# In vcl_backend_error.
sub remember_failure {
    set beresp.http.Edge-Failed = "1";
    set beresp.http.Vary = "Edge-Rescue";
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
    set beresp.keep = 0s;
}
