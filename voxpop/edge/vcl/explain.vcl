# How this node sees an address (`voxpop edge explain`): GET on the purge listener, with the secret.
# Answered from what is kept, or by saying that nothing is; never by a fetch.

# In vcl_recv, instead of everything that readers meet.
sub explain {
    call refuse_odd_requests;
    call take_url_apart;
    call route;
    if (req.http.Edge-Route == "private") {
        return (synth(200, "Explained"));
    }
    call put_url_together;
    set req.http.Edge-Explain = "nothing";
    set req.grace = 24h;
    # Neither a fetch that is under way nor a failed one before it is waited for.
    set req.hash_ignore_busy = true;
    set req.http.Edge-Rescue = "1";
    return (hash);
}

sub explain_nothing {
    if (req.http.Edge-Explain) {
        return (synth(200, "Explained"));
    }
}

sub explain_copy {
    if (req.http.Edge-Explain) {
        set req.http.Edge-Explain = "ttl=" + obj.ttl + " grace=" + obj.grace + " age=" + obj.age
            + " hits=" + obj.hits + " status=" + obj.status;
        set req.http.Edge-Explain-Keys = obj.http.Surrogate-Key;
        set req.http.Edge-Explain-Seq = obj.http.Voxpop-Seq;
        set req.http.Edge-Explain-Told = obj.http.Surrogate-Control;
        set req.http.Edge-Explain-Fenced = obj.http.Edge-Fenced;
        if (std.real(var.global_get("nothing-before"), 0.0)
            > std.real(time=now - obj.age, fallback=0.0)) {
            set req.http.Edge-Explain-Distrusted = "1";
        }
        return (synth(200, "Explained"));
    }
}

# In vcl_synth on the purge listener.
sub word_explanation {
    if (resp.reason == "Explained") {
        set resp.http.Voxpop-Node = server.identity;
        set resp.http.Voxpop-Url = req.url;
        set resp.http.Voxpop-Route = req.http.Edge-Route;
        set resp.http.Voxpop-Cap = req.http.Edge-Cap;
        set resp.http.Voxpop-Copy = req.http.Edge-Explain;
        set resp.http.Voxpop-Keys = req.http.Edge-Explain-Keys;
        set resp.http.Voxpop-Seq = req.http.Edge-Explain-Seq;
        set resp.http.Voxpop-Told = req.http.Edge-Explain-Told;
        set resp.http.Voxpop-Fenced = req.http.Edge-Explain-Fenced;
        set resp.http.Voxpop-Distrusted = req.http.Edge-Explain-Distrusted;
        if (std.time(var.global_get("trusts-until"), now - 1s) < now) {
            set resp.http.Voxpop-Lease = "over";
        } else {
            set resp.http.Voxpop-Lease = "held";
        }
        if (std.healthy(req.backend_hint)) {
            set resp.http.Voxpop-Backend = "healthy";
        } else {
            set resp.http.Voxpop-Backend = "sick";
        }
    }
}
