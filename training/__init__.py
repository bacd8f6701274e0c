"""How the weights in `extractors/models` are made: labelled photos in, ONNX out. Needs the extra `training`."""
