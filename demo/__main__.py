"""`make run`: the product, a magazine of another origin beside it, and three doors into both."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from demo.beginnings import begin
from demo.magazine import Magazine, serve_magazine
from demo.product import Product, ProductDied

DOORS = """
  Voxpop is running. Three doors:

    reader      {home}/side-by-side/
    moderator   {home}/moderator/
    publisher   {home}/publisher/

  The magazine stands at {home}/ and the product at {host}/
  Moderator's sign-in, good for one use: {link}
  Everything is kept in {data}; Ctrl-C ends it.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    data = Path(os.environ.get("VOXPOP_DATA") or f"data/demo-{port}").resolve()
    home = f"http://127.0.0.1:{port + 1}"
    product = Product(data, port)
    # Told to end, it ends as with Ctrl-C: the product's process must not outlive us.
    # Ctrl-C as well: a shell that starts us in the background has it ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        begin(product, home)
        with product.running(), serve_magazine(Magazine(product, home)) as magazine:
            told = DOORS.format(
                home=home, host=product.host, link=product.sign_in_link(), data=data
            )
            print(told, flush=True)
            threading.Thread(target=magazine.serve_forever, daemon=True).start()
            product.wait()
    except KeyboardInterrupt:
        print("\n  Ended. `make run` brings everything back.")
    except (ProductDied, OSError) as problem:
        sys.exit(f"\n  The demo could not go on: {problem}")


if __name__ == "__main__":
    main()
