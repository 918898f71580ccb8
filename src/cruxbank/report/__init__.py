"""The report of a run: one HTML file that people look at. `page.run_report` reads the record and writes it."""
