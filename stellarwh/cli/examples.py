"""How commands are listed in help, and the example at the end of the help of each."""

# In the order in which a newcomer needs them.
PANELS = {
    "Begin": ("demo", "simulate", "download"),
    "Take in": ("ingest", "ingest-spectra", "receive"),
    "Build": ("build", "check", "status", "match", "calibrate"),
    "Learn": ("train", "predict"),
    "Look": ("report", "explain", "query", "shell", "plot"),
    "Share": ("export", "serve", "send", "mcp", "cite"),
}

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
    "send": "Example: stellarwh send main.parameters --to topcat",
    "receive": "Example: stellarwh receive mine --ra RA_ICRS --dec DE_ICRS",
    "serve": "Example: stellarwh serve --port 8081 --warehouse warehouse/demo.duckdb",
    "mcp": "Example: stellarwh mcp --warehouse warehouse/demo.duckdb",
    "cite": "Example: stellarwh cite --bibtex --out survey.bib",
    "export": "Example: stellarwh export main.stars stars.fits --columns ra,dec",
}
