"""Starts Holdfast under the name palhm, for "python3 -m palhm"."""
