"""Tests of the TAP service."""
