# The edge: answers everything that is not unique, and is never wrong (docs/decisions/0050).
#
# A start file (see variables.template.vcl) names backends, hosts and the secret and includes this.
# Headers `Edge-…` are ours alone: unset when they arrive, and never sent on. `Voxpop-…` are the
# protocol with Django. In the order in which a request meets them:
#
#   normalize   refuses what is not ours; takes the URL apart
#   route       every surface by a literal pattern: kept how long, with which parameters
#   identity    who is believed about whom; nothing of a reader on a shared route
#   lease       what is too old to be believed without word from the purger
#   floor       what is older than what this reader wrote
#   throttle    who makes addresses up
#   store       what may be kept, and how long at most
#   fence       what was being made while it was purged
#   stale       what is served when Django is down, hung or failing
#   deliver     what leaves; errors: what is said instead
#   purge       the other listener: PURGE and BEAT
#   explain     there as well: how this node sees an address
#   leave       what the load balancer hears before this node ends

import std;
import var;
import header;
import digest;
import directors;
import vsthrottle;
import xkey;

include "./normalize.vcl";
include "./identity.vcl";
include "./route.vcl";
include "./lease.vcl";
include "./floor.vcl";
include "./throttle.vcl";
include "./store.vcl";
include "./fence.vcl";
include "./stale.vcl";
include "./deliver.vcl";
include "./errors.vcl";
include "./purge.vcl";
include "./explain.vcl";
include "./leave.vcl";

sub vcl_recv {
    set req.backend_hint = django.backend();
    if (req.restarts == 0) {
        call forget_what_is_ours;
        if (local.socket == "purge") {
            call purge_listener;
        }
        call refuse_odd_requests;
        call our_hosts;
        call say_that_it_leaves;
        call take_url_apart;
        call route;
        if (req.http.Edge-Route == "private") {
            call identity;
        } else {
            call put_url_together;
            call know_network;
            call read_floor;
        }
    }
    call choose_grace;
    if (req.http.Edge-Route == "private") {
        return (pass);
    }
    return (hash);
}

# The URL alone: whatever else an answer could depend on does not reach Django on a shared route.
sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_hit {
    call explain_copy;
    call mark_old_copy;
    call heed_lease;
    call heed_quiet;
    call heed_floor;
    return (deliver);
}

sub vcl_miss {
    call explain_nothing;
    call refuse_throttled;
    call rescue_without_trying;
    call throttle;
    return (fetch);
}

sub vcl_pass {
    return (fetch);
}

sub vcl_backend_fetch {
    call try_no_more;
    if (bereq.retries == 0) {
        call remember_route;
    }
    call drop_what_django_need_not_know;
    return (fetch);
}

sub vcl_backend_response {
    if (var.get("route") == "private") {
        return (deliver);
    }
    call fail_on_error;
    call store;
    call heed_fence;
    return (deliver);
}

sub vcl_backend_error {
    call try_another_process;
    call remember_failure;
    return (abandon);
}

sub vcl_deliver {
    call deliver;
    return (deliver);
}

sub vcl_synth {
    call rescue_failed_fetch;
    call word_error;
    return (deliver);
}
