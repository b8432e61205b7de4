"""Collect from AWS through boto3."""
