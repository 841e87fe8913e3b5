"""What the engine costs, and what the engines cost that people would pick instead; never installed.

``corpus`` writes articles, ``queries`` makes questions of them, ``peers`` puts each engine behind one small protocol,
``bench_pages`` runs them all on the same articles in the same run, ``bench_server`` asks over HTTP.
"""
