"""What is printed on paper, whatever engine saw it: lines, numbers, dates, names, and what they say together."""
