"""A trace on paper: tables for a spreadsheet or a program, a graph for a viewer, a picture for a report."""

from graphfraud.services.trace_export.export import FORMATS, TraceFileAnswer, export_trace, wanted
from graphfraud.services.trace_export.picture import TracePicture, picture_of

__all__ = ["FORMATS", "TraceFileAnswer", "TracePicture", "export_trace", "picture_of", "wanted"]
