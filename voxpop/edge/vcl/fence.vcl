# The fence: an answer that was computed before a change and arrives after its purge would live its
# whole time, since no purge finds what is still being fetched. Django says which buckets its answer
# belongs to; the node knows when each was purged last. Bucket times are vmod_var globals, a list:
# hence buckets and not keys.

sub heed_fence {
    set beresp.http.Edge-Left = beresp.http.Voxpop-Fence;
    call check_bucket;
    call check_bucket;
    call check_bucket;
    call check_bucket;
    unset beresp.http.Edge-Left;
    if (bereq.time - 0.001s <= std.time(var.global_get("fence-all"), bereq.time - 1s)) {
        call fence_off_for_good;
    }
}

sub check_bucket {
    if (beresp.http.Edge-Left ~ "^[0-9]") {
        set beresp.http.Edge-Bucket = regsub(beresp.http.Edge-Left, "^([0-9]+).*$", "\1");
        set beresp.http.Edge-Left = regsub(beresp.http.Edge-Left, "^[0-9]+ *", "");
        if (bereq.time - 0.001s
            <= std.time(var.global_get("hard-" + beresp.http.Edge-Bucket), bereq.time - 1s)) {
            call fence_off_for_good;
        # A held tail is answered because of the change; and as any tail it is a valid prefix of the
        # log, so that only a removal can make it wrong. It is kept for a second.
        } elseif (var.get("route") != "held" && bereq.time - 0.001s
            <= std.time(var.global_get("fence-" + beresp.http.Edge-Bucket), bereq.time - 1s)) {
            call fence_off;
        }
        unset beresp.http.Edge-Bucket;
    }
}

sub fence_off {
    set beresp.http.Edge-Fenced = "1";
    std.log("voxpop-edge:fenced");
    if (beresp.ttl > 0.1s) {
        set beresp.ttl = 0.1s;
    }
}

# What was removed must not come back on the bad day either.
sub fence_off_for_good {
    call fence_off;
    set beresp.grace = 0s;
}

# In a purge: remember this moment for its buckets.
sub raise_fence {
    set req.http.Edge-Left = req.http.Voxpop-Buckets;
    call raise_bucket;
    call raise_bucket;
    call raise_bucket;
    call raise_bucket;
}

sub raise_bucket {
    if (req.http.Edge-Left ~ "^[0-9]") {
        set req.http.Edge-Bucket = regsub(req.http.Edge-Left, "^([0-9]+).*$", "\1");
        set req.http.Edge-Left = regsub(req.http.Edge-Left, "^[0-9]+ *", "");
        var.global_set("fence-" + req.http.Edge-Bucket, std.real(time=now, fallback=0.0));
        if (req.http.Voxpop-Kind == "hard") {
            var.global_set("hard-" + req.http.Edge-Bucket, std.real(time=now, fallback=0.0));
        }
    }
}
