"""What the chat is compared with: the bare relay, and the same chat on another stack."""
