"""What is to be learned: tasks, their rows, features and folds."""
