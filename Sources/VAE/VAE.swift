// What `import VAE` gives: the library's public face, from all rooms of the house.
@_exported import Datasets
@_exported import Diagnostics
@_exported import Evaluation
@_exported import Figures
@_exported import Formats
@_exported import Graphs
@_exported import Models
@_exported import Ops
@_exported import Pictures
@_exported import Recipes
@_exported import Runs
@_exported import Tensors
@_exported import Training
