"""gunicorn, for machines with many cores: several processes of several threads, each with the archive open.

``pip install gunicorn`` into the environment of the program, then ``gunicorn --config gunicorn.conf.py``.
"""

wsgi_app = "emeroteca_wsgi:application"
bind = "127.0.0.1:8000"

# The index lies in the page cache, which processes share; beside it each takes 200 MB.
workers = 2
worker_class = "gthread"
threads = 8

# Each worker opens the archive itself: neither SQLite nor locks outlive a fork.
preload_app = False
# A question is given up after five seconds; a worker that is silent for longer than this is stuck.
timeout = 60
graceful_timeout = 30

# A question of 4,000 characters, each escaped, is longer than gunicorn allows at most. 0 is without a limit; the proxy
# in front has its own.
limit_request_line = 0

# Addresses and questions of readers would stand in it.
accesslog = None
