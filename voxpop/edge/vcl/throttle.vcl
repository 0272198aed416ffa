# Every address that nobody has asked for before costs Django one request, and addresses are made up
# easily. So what had to be fetched is counted by the network that asked, an IPv4 address or the /64 of
# an IPv6 one: 600 at once, then 60 a second. A page that nobody has read yet is some 60 with its
# pictures and files; behind one address may be a thousand readers, each held anew twice a minute.

# In vcl_recv. HAProxy says of which network a reader is. Whom it is not told of, it does not stop.
sub know_network {
    if (remote.ip !~ proxies) {
        set req.http.Voxpop-Network = client.ip;
    }
}

# In vcl_miss, before a fetch. Whose copy was refused for its age (floor, lease) has made nothing up.
# This very machine is not stopped: it measures itself, or somebody's proxy runs on it.
sub throttle {
    if (req.http.Edge-Why == "shared"
        && req.http.Voxpop-Network !~ "^(?:$|127\.|::1?$)"
        && vsthrottle.is_denied(req.http.Voxpop-Network, 600, 10s)) {
        std.log("voxpop-edge:throttled");
        set req.http.Edge-Throttled = "1";
        call rescue;
    }
}

# In vcl_miss, after that: there was no old copy either.
sub refuse_throttled {
    if (req.http.Edge-Throttled) {
        return (synth(429, "rate_limited"));
    }
}
