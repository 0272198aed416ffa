"""Figures for whoever runs this: of the product and of its edge nodes.

One page, `/metrics`, in the text that Prometheus reads. `table` lists every figure there is,
`product` and `varnish` say where each comes from, `page` who may see them. HAProxy has such a page
of its own (ops/haproxy.cfg).
"""
