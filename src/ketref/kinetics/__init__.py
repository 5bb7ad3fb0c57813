"""What does a pharmacokinetic model say of persons and moments, in arrays? Knows numpy and scipy, and no file."""
