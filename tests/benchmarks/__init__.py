"""Speed and memory of whole runs, beside others who do a part of the job: ``python -m tests.benchmarks``.

Light to import, so that the runner stays small beside what it measures.
"""
