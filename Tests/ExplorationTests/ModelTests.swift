import Exploration
import Testing

@Suite struct ModelTests {}
