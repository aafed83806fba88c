"""HTTP interface for programs: questions, documents and quotes as JSON."""
