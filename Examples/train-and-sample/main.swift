// Trains the tutorial's model on MNIST and draws sixty-four new digits: train-and-sample [IMAGES [FILE]]
import Foundation
import MNISTData
import VAE

let arguments = CommandLine.arguments.dropFirst()
let digits = try ImageDataset.embeddedMNIST(.train).prefix(arguments.first.flatMap { Int($0) } ?? 60_000)
let test = try ImageDataset.embeddedMNIST(.test).prefix(digits.count)

var configuration = TrainingConfiguration.tutorial
configuration.epochs = 2
let result = try await Trainer(configuration).fit(digits, validation: test)
for epoch in result.epochs { print("epoch \(epoch.epoch): loss \(epoch.training.loss)") }

let codes = result.model.encode(test.images(0..<1))
let image = result.model.decode(codes.mean)
print("a \(test.labels![0]) has the code \(codes.mean.values) and decodes to \(image.shape)")

let sheet = try ContactSheet(columns: 8).png(result.model.sample(64))
try Data(sheet).write(to: URL(fileURLWithPath: arguments.dropFirst().first ?? "digits.png"))
