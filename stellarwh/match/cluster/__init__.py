"""Matches beyond one machine: LSDB on a Dask cluster finds, our SQL settles."""
