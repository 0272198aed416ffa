# The other listener (`-a purge=…`), for our own parts, who know the secret. Every request there is
# answered here and none reaches Django.
#
#   PURGE /      Voxpop-Kind: soft|hard   Voxpop-Keys, Voxpop-Buckets (at most four of each),
#                                         Voxpop-Number + Voxpop-Epoch (the purger's repetition),
#                                         Voxpop-Mark: the same for a purge and its repetition
#   PURGE /      Voxpop-Kind: everything  Voxpop-Hard: 1, Voxpop-Adopt: N + Voxpop-Epoch
#   PURGE /      Voxpop-Kind: adopt       Voxpop-Adopt: N + Voxpop-Epoch: has all up to here
#   PURGE /path  Voxpop-Kind: url
#   BEAT /       Voxpop-Number, Voxpop-Epoch
#   GET  /path                            how this node sees it (explain.vcl)
#
# Voxpop-Transport: ban finds objects by a ban instead of vmod_xkey; a ban cannot be soft.

sub purge_listener {
    call secret;
    # Digests are compared, so that the time this takes tells nothing of the secret.
    if (!req.http.Voxpop-Secret
        || digest.hash_sha256(req.http.Voxpop-Secret) != digest.hash_sha256(var.get("secret"))) {
        return (synth(403, "Forbidden"));
    }
    if (req.method == "BEAT") {
        call beat;
    }
    if (req.method == "GET") {
        call explain;
    }
    if (req.method != "PURGE") {
        return (synth(405, "method_not_allowed"));
    }
    if (req.http.Voxpop-Kind ~ "^(?:soft|hard)$") {
        call purge_keys;
    }
    if (req.http.Voxpop-Kind == "everything") {
        call purge_everything;
    }
    if (req.http.Voxpop-Kind == "adopt") {
        call adopt;
        return (synth(200, "Adopted"));
    }
    if (req.http.Voxpop-Kind == "url") {
        call purge_url;
    }
    return (synth(400, "bad_request"));
}

sub purge_keys {
    if (req.http.Voxpop-Keys !~ "^[a-z]:[\w-]+(?: [a-z]:[\w-]+){0,3}$"
        || req.http.Voxpop-Buckets !~ "^[0-9]{1,4}(?: [0-9]{1,4}){0,3}$") {
        return (synth(400, "bad_request"));
    }
    # The repetition of one that has come, and from then on been fenced: there is nothing to forget
    # that was not fetched since, so it is only counted.
    if (req.http.Voxpop-Mark && req.http.Voxpop-Number
        && vsthrottle.remaining("mark " + req.http.Voxpop-Mark, 1, 60s) < 1) {
        set req.http.Edge-Count = "0";
        call count_purge;
        return (synth(200, "Known"));
    }
    # The fence first: a fetch that ends between the two is then either fenced or found.
    call raise_fence;
    if (req.http.Voxpop-Transport == "ban") {
        set req.http.Edge-Left = regsuball(req.http.Voxpop-Keys, " ", "|");
        if (!std.ban("obj.http.xkey ~ (^|\s)(" + req.http.Edge-Left + ")(\s|$)")) {
            return (synth(500, "Ban refused"));
        }
        set req.http.Edge-Count = "0";
    } elseif (req.http.Voxpop-Kind == "hard") {
        set req.http.Edge-Count = xkey.purge(req.http.Voxpop-Keys);
    } else {
        set req.http.Edge-Count = xkey.softpurge(req.http.Voxpop-Keys);
    }
    if (req.http.Voxpop-Mark && vsthrottle.is_denied("mark " + req.http.Voxpop-Mark, 1, 60s)) {
        std.log("purged twice under one mark");
    }
    call count_purge;
    return (synth(200, "Purged"));
}

# Softly nothing is removed: heed_lease distrusts what is older than now.
sub purge_everything {
    var.global_set("fence-all", std.real(time=now, fallback=0.0));
    var.global_set("nothing-before", std.real(time=now, fallback=0.0));
    if (req.http.Voxpop-Hard == "1" && !std.ban("obj.status != 0")) {
        return (synth(500, "Ban refused"));
    }
    call adopt;
    set req.http.Edge-Count = "0";
    return (synth(200, "Purged"));
}

sub adopt {
    if (req.http.Voxpop-Adopt ~ "^[0-9]{1,15}$" && req.http.Voxpop-Epoch) {
        var.global_set("epoch", req.http.Voxpop-Epoch);
        var.global_set("reached", req.http.Voxpop-Adopt);
    }
}

# By the address as a reader would write it. Its bucket is not known here, so that whatever is being
# fetched just now is fenced.
sub purge_url {
    call take_url_apart;
    call shared_route;
    if (!req.http.Edge-Route) {
        return (synth(404, "not_found"));
    }
    call put_url_together;
    var.global_set("fence-all", std.real(time=now, fallback=0.0));
    return (purge);
}

# A numbered purge counts when it is the next one. After a gap the node knows that it missed some.
sub count_purge {
    if (req.http.Voxpop-Number ~ "^[0-9]{1,15}$"
        && (!req.http.Voxpop-Epoch || req.http.Voxpop-Epoch == var.global_get("epoch"))) {
        if (std.integer(req.http.Voxpop-Number, 0) == std.integer(var.global_get("reached"), -1) + 1) {
            var.global_set("reached", req.http.Voxpop-Number);
        } elseif (std.integer(req.http.Voxpop-Number, 0) > std.integer(var.global_get("reached"), -1)) {
            var.global_set("trusts-until", "0");
        }
    }
}

sub beat {
    if (req.http.Voxpop-Number !~ "^[0-9]{1,15}$" || !req.http.Voxpop-Epoch) {
        return (synth(400, "bad_request"));
    }
    set req.http.Edge-Count = "none";
    if (req.http.Voxpop-Epoch == var.global_get("epoch")) {
        set req.http.Edge-Count = var.global_get("reached");
    }
    if (req.http.Edge-Count != "none"
        && std.integer(req.http.Edge-Count, -1) >= std.integer(req.http.Voxpop-Number, 0)) {
        var.global_set("trusts-until", std.real(time=now + 3s, fallback=0.0));
    } else {
        var.global_set("trusts-until", "0");
    }
    # Looked at with every hit: set last, they stand at the head of the list.
    var.global_set("nothing-before", std.real(var.global_get("nothing-before"), 0.0));
    return (synth(200, "Heard"));
}

sub vcl_purge {
    set req.http.Edge-Count = "0";
    return (synth(200, "Purged"));
}

sub word_purge {
    call word_explanation;
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    if (resp.status == 200 && req.method == "BEAT") {
        set resp.http.Voxpop-Reached = req.http.Edge-Count;
    } elseif (resp.status == 200) {
        set resp.http.Voxpop-Purged = req.http.Edge-Count;
    }
    set resp.body = resp.reason + {"
"};
}
