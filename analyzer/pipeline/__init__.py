"""Packets in, report out: the one room that knows every stage."""

from analyzer.pipeline.files import read_captures, read_events
from analyzer.pipeline.live import LivePipeline
from analyzer.pipeline.one_input import Pipeline
from analyzer.pipeline.options import EventSink, Options, Progress, ProgressSink, Sink
from analyzer.pipeline.written import UNWRITTEN, Commenter, Written

__all__ = [
    "UNWRITTEN",
    "Commenter",
    "EventSink",
    "LivePipeline",
    "Options",
    "Pipeline",
    "Progress",
    "ProgressSink",
    "Sink",
    "Written",
    "read_captures",
    "read_events",
]
