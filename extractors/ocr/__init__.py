"""How `rapid_ocr` finds and reads lines: RapidOCR's models and steps, arranged to be quick on one thread."""
