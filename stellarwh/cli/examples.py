"""How each command is used: the last line of its help."""

EXAMPLES = {
    "": "Example: stellarwh demo --stars 5000",
    "ingest": "Example: stellarwh ingest mine stars.csv --ra RA_ICRS --dec DE_ICRS",
    "ingest-spectra": "Example: stellarwh ingest-spectra lamost dr7/",
    "download": "Example: stellarwh download apogee --dry-run",
    "train": "Example: stellarwh train apogee_from_galah --estimator ridge",
    "plot": "Example: stellarwh plot kiel --where 'fe_h < -1' --out kiel.pdf",
    "predict": "Example: stellarwh predict apogee_from_galah",
    "report": "Example: stellarwh report --out reports --open",
    "match": "Example: stellarwh match raw.apogee gaia.fits --radius 1 --mode best",
    "simulate": "Example: stellarwh simulate --stars 5000 --out data/simulated",
    "demo": "Example: stellarwh demo --stars 5000 --warehouse warehouse/demo.duckdb",
    "build": "Example: stellarwh build --anew",
    "check": "Example: stellarwh check --json",
    "status": "Example: stellarwh status --json",
    "calibrate": "Example: stellarwh calibrate --reference galah",
    "query": "Example: stellarwh query 'from main.stars limit 5' --format vertical",
    "explain": "Example: stellarwh explain 2M00000002+7417074 --quantity teff",
    "shell": "Example: stellarwh shell --warehouse warehouse/demo.duckdb",
    "cite": "Example: stellarwh cite --bibtex --out survey.bib",
    "export": "Example: stellarwh export main.stars stars.fits --columns ra,dec",
}
