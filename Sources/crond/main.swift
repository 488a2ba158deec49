print("crond")
