"""Speed of the model beside plain `transformers`, same weights and inputs."""
