import bpy

settings = bpy.context.scene.persona

settings.happy = 0.0
settings.sad = 0.0
settings.angry = 0.0
settings.fearful = 0.0
settings.surprised = 0.0
settings.disgusted = 0.0
settings.relaxed = 0.7
settings.old = 0.0
settings.energy = 0.1
