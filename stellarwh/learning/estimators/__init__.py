"""What learns: estimators, what they are fed, what they start from."""
