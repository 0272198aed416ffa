# A node that is told to end leaves first (ops/systemd/voxpop-edge.service): the load balancer hears at
# /healthz that it goes and sends it nobody more, so that nobody's request is cut off with it. Until
# then that is a page which is not here.
#
#   varnishadm backend.set_health staying sick
#
# Never asked for anything: it is only there to be called sick.
backend staying {
    .host = "127.0.0.1";
    .port = "9";
}

sub say_that_it_leaves {
    if (req.url == "/healthz" && !std.healthy(staying)) {
        return (synth(503, "unavailable"));
    }
}
